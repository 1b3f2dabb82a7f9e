<?php
/**
 * Normal work of a site, which is what empties caches: a course is edited, one restored and one deleted, a category moved, a role given and taken, an activity
 * completed, a setting changed.
 * usage: php work.php prepare: a user and two categories beside the course "bench", whose first activity can be completed; prints the ids of course and category
 *        php work.php work NUMBER: one round; another number changes something each time
 */
define('CLI_SCRIPT', true);
require '/var/www/moodle/config.php';
require_once $CFG->dirroot . '/course/lib.php';
require_once $CFG->dirroot . '/user/lib.php';
require_once $CFG->libdir . '/clilib.php';
require_once $CFG->libdir . '/completionlib.php';

\core\session\manager::set_user(get_admin());
$course = $DB->get_record('course', array('shortname' => 'bench'), '*', MUST_EXIST);

function bench_activity($course) {
    global $DB;
    return $DB->get_field('course_modules', 'MIN(id)', array('course' => $course->id));
}

function bench_category($name) {
    global $DB;
    $id = $DB->get_field('course_categories', 'id', array('name' => $name));
    return $id ? core_course_category::get($id) : core_course_category::create((object) array('name' => $name));
}

if ($argv[1] === 'prepare') {
    if (!$DB->record_exists('user', array('username' => 'bench'))) {
        $CFG->passwordpolicy = 0;
        user_create_user((object) array(
            'username' => 'bench', 'password' => 'bench-user', 'firstname' => 'Bench', 'lastname' => 'User', 'email' => 'bench@moodle.lab',
            'confirmed' => 1, 'mnethostid' => $CFG->mnet_localhost_id,
        ));
    }
    $user = $DB->get_record('user', array('username' => 'bench'), '*', MUST_EXIST);
    enrol_try_internal_enrol($course->id, $user->id, $DB->get_field('role', 'id', array('shortname' => 'student')));
    bench_category('bench one');
    bench_category('bench two');
    $DB->set_field('course', 'enablecompletion', 1, array('id' => $course->id));
    $DB->set_field('course_modules', 'completion', 1, array('id' => bench_activity($course)));
    rebuild_course_cache($course->id);
    echo $course->id . ' ' . bench_category('bench one')->id;
    exit(0);
}

$number = (int) $argv[2];
$user = $DB->get_record('user', array('username' => 'bench'), '*', MUST_EXIST);
update_course((object) array('id' => $course->id, 'fullname' => 'Bench ' . $number));
rebuild_course_cache($course->id);
bench_category('bench two')->change_parent($number % 2 === 0 ? bench_category('bench one')->id : 0);
$teacher = $DB->get_field('role', 'id', array('shortname' => 'teacher'));
$context = context_course::instance($course->id);
$number % 2 === 0 ? role_assign($teacher, $user->id, $context->id) : role_unassign($teacher, $user->id, $context->id);
set_config('benchnumber', $number);
$cm = get_fast_modinfo($course->id, $user->id)->get_cm(bench_activity($course));
$completion = new completion_info(get_course($course->id));
$wanted = $number % 2 === 0 ? COMPLETION_COMPLETE : COMPLETION_INCOMPLETE;
$completion->update_state($cm, $wanted, $user->id);
if ((int) $completion->get_data($cm, false, $user->id)->completionstate !== $wanted) {
    cli_error('the activity could not be completed');
}
// What the round before has restored.
foreach ($DB->get_records_select('course', 'shortname <> ? AND ' . $DB->sql_like('shortname', '?'), array('bench', 'bench%')) as $copy) {
    delete_course($copy, false);
}
